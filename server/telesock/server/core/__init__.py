"""What can be decided without a socket. Standard library only; time and chance are arguments."""
