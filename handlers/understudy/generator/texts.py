"""What people ask and what the applications answer: templates with drawn names in them."""

from __future__ import annotations

# (topic, question, answer) by project; experiments ask the questions of sql-copilot.
TALKS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "support-bot": (
        (
            "shipping",
            "Where is my order {order}? It should have reached {city} by now.",
            "Order {order} left our {city} depot this morning and arrives tomorrow.",
        ),
        (
            "billing",
            "I was charged twice for order {order}.",
            "Sorry about that, {name}. One of the two payments has been returned.",
        ),
        (
            "returns",
            "How do I send back the {product}?",
            "You can return the {product} within 30 days. A label is on its way to you.",
        ),
        (
            "account",
            "I can't log in since I moved to {city}. My name is {name}.",
            "I have sent you a link to set a new password, {name}.",
        ),
        (
            "product",
            "Does the {product} work with 230 volts?",
            "Yes, the {product} takes anything from 100 to 240 volts.",
        ),
        (
            "shipping",
            "Please send order {order} to {city} instead.",
            "Done: order {order} now goes to {city}.",
        ),
        (
            "complaint",
            "This is the third broken {product}. I want to talk to a person!",
            "I understand, {name}. A colleague will call you within the hour.",
        ),
        (
            "smalltalk",
            "Thanks, that helps \N{SMILING FACE WITH SMILING EYES}",
            "You're welcome, {name}!",
        ),
    ),
    "sql-copilot": (
        (
            "aggregation",
            "What was the revenue in {city} last month?",
            "SELECT sum(amount) FROM orders WHERE city = '{city}'",
        ),
        (
            "joins",
            "Which customers bought a {product} and never came back?",
            "SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id",
        ),
        (
            "windows",
            "Rank our shops by growth, {city} first.",
            "SELECT shop, rank() OVER (ORDER BY growth DESC) FROM shops",
        ),
        (
            "filters",
            "Show all orders of {company} above 100 euros.",
            "SELECT * FROM orders WHERE company = '{company}' AND amount > 100",
        ),
        (
            "dates",
            "How many {product}s were sold per week?",
            "SELECT date_trunc('week', sold_at), count(*) FROM sales GROUP BY 1",
        ),
    ),
    "voice-notes": (
        ("reminder", "Remind me to call {name} in {city}.", "Reminder set: call {name}."),
        ("summary", "Summarise the meeting with {company}.", "{company} wants {product}s by May."),
    ),
    "doc-tagger": (
        ("tagging", "Invoice {order} of {company}, {city}", "invoice, {company}"),
        ("tagging", "Manual of the {product}", "manual, {product}"),
        ("tagging", "Letter by {name} about order {order}", "letter, complaint"),
    ),
    "notes-app": (("note", "Note that {name} is in {city}.", "Noted: {name}, {city}."),),
}
PRODUCTS = (
    "toaster",
    "desk lamp",
    "kettle",
    "headset",
    "rice cooker",
    "bike light",
    "caf\u00e9 grinder",
)
SYSTEMS = {
    "support-bot": "You help customers of a web shop. Be brief and kind.",
    "sql-copilot": "You write one SQL statement that answers the question.",
    "voice-notes": "You transcribe spoken notes.",
    "doc-tagger": "Answer with tags, separated by commas.",
    "notes-app": "You keep notes.",
}

# Error messages by run type; a model's with the HTTP status that its provider answered.
MODEL_ERRORS = (
    (429, 'RateLimitError("Error code: 429 - Rate limit reached for requests")'),
    (500, "InternalServerError('Error code: 500 - The server had an error')"),
    (529, "OverloadedError(\"Error code: 529 - {'type': 'overloaded_error'}\")"),
    (400, "BadRequestError('Error code: 400 - context_length_exceeded')"),
    (408, "APITimeoutError('Request timed out.')"),
)
MODEL_ERROR_WEIGHTS = (4, 4, 1, 1, 1)
ERRORS = {
    "tool": "ToolException('HTTP 503 from upstream service')",
    "retriever": "ConnectionError('vector index is not reachable')",
    "embedding": "APIConnectionError('Connection error.')",
    "prompt": "KeyError(\"Input to PromptTemplate is missing variables {'question'}\")",
    "parser": "OutputParserException('Could not parse LLM output')",
    "chain": "ValueError('Unexpected state')",
}
COMMENTS = (
    "Wrong order number",
    "Too long",
    "Did not answer my question",
    "Great, thanks!",
    "Answered in the wrong language: \u65e5\u672c\u8a9e",
)
TAGS = ("mobile", "priority", "beta", "eu", "web", "retry", "night", "v2")
COUNTRIES = ("US", "DE", "GB", "FR", "JP", "IN", "BR")
COUNTRY_WEIGHTS = (30, 20, 15, 10, 10, 10, 5)
TIERS = ("free", "pro", "enterprise")
