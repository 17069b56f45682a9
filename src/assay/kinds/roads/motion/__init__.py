"""What senders did, message after message: state of bounded size for each, and the numbers that checks and model read."""
