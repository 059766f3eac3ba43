"""A plan: what can be told of a configuration's models before anyone trains them."""
