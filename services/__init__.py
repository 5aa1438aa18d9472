"""The hands of langraph: adapters to the outside world, loops that keep it moving."""
