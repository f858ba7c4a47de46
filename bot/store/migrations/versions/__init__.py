"""The steps, oldest first. A new one is written by hand: the contract test of the schema names what it must contain."""
