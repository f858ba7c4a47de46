"""From an event to a classification: rules, and models where configured."""
