"""The counter of langraph: HTTP in, HTTP out. Knows the models, the ports, never the services."""
