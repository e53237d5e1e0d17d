"""A folder or stored package of data becomes a checked programme."""
