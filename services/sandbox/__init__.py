"""The simulated cluster behind `langraph demo`: speaks the HTTP APIs of Loki and Prometheus on loopback."""
