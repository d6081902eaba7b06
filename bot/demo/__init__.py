"""The demo: a story of one exit told as feeds on loopback, and a comparison of what should follow with what did.

Nothing here knows how reports are read or alerts sent. The story is a value, each feed is a pure function of it and
of a moment, and the server hands the feeds out as any newsroom's server would. The caller turns the clock.
"""
