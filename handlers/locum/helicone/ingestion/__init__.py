"""What loggers send to Helicone, and the rows of `helicone/requests` that come of it.

    answers     a request in, an answer and rows out
    loggers     the vendor's logging servers
    validation  what is wrong with a log, in the vendor's words
    headers     the Helicone-* headers, and the request's id, user and properties by them
    timing      when a call began and ended
    responses   what was answered, from JSON, text or a stream
    streams     the chunks of a stream, and the one object that they make
    models      whose answer it is
    usage       tokens, and what they cost
    list_prices what they cost by a dataset's prices
    rows        a log as a row
    spans       a span of OpenTelemetry as a row
    changes     feedback, scores, properties and tags that come later
    kept        what has come before its request, and what outlives a new log of it

All are functions of values: none of these modules knows an engine. Facts are of the vendor's server
at commit 67df07b8d (July 2026), where it logs (worker/) and where it processes (valhalla/jawn).
"""
