"""Pure values and rules: what an event, an alert and a classification are. No input, no output, no clock."""
