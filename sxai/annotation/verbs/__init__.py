"""What annotation help does in a project."""
