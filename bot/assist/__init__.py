"""Questions that people ask about an alert, and how they are answered."""
