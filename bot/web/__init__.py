"""The read-only web page: cases, what is coming, and the exports, served by the same process when it is enabled."""
