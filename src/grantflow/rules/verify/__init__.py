"""Running files of test vectors against the rules: every expected field is compared."""
