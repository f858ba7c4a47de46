"""What comes from Slack, by kind; each module has one `register(app)`."""
