"""PostgreSQL: the box office that writes, the catalogue that reads, and every statement either of them runs."""
