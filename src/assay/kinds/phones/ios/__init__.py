"""What an iPhone leaves: databases, property lists and logs, each read into events of the timeline."""
