"""The steps of the schema; ``grantflow.store.migrate`` applies them."""
