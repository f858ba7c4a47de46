"""What people see in Slack, and the way there."""
