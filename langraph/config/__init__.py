"""What the person who runs it may set."""
