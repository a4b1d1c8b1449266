"""GraphQL made fast and safe: documents prepared once, execution compiled, subscriptions shared. It knows of no product."""
