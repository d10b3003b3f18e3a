"""What the functions do. Each takes arguments of the types its overload in the catalogue names."""
