"""The bot's own packages, named for what they are about. Nothing here imports `handlers` or `app`."""
