"""Use cases: the only place that changes state; ``session`` first, ``actor`` second, no commit."""
