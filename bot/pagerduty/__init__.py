"""PagerDuty: paging through it, hearing what people do there."""
