"""What is said in the traces: topics, questions and answers of the recipe, their slots filled."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from locum.generator import texts
from locum.generator.conversations import Threads, Traces
from locum.generator.random_streams import Streams
from locum.generator.recipe import Recipe


@frozen
class Talk:
    """What is said in a trace, and who says it (empty texts in an experiment)."""

    topic: str
    question: str
    answer: str
    order: str
    user: int


def draw(recipe: Recipe, threads: Threads, traces: Traces, streams: Streams) -> Iterator[Talk]:
    """Draw the talk of each trace."""
    size, projects = len(traces.thread), tuple(recipe.projects.values())
    names = streams.pool("talks", "name", "first_name", 40)
    cities = streams.pool("talks", "city", "city", 40)
    companies = streams.pool("talks", "company", "company", 20)
    users = streams.of("threads", "user").random(len(threads.project))
    columns = [
        streams.of("talks", column).integers(0, bound, size).tolist()
        for column, bound in (
            ("template", 1 << 30),
            ("which_name", len(names)),
            ("which_city", len(cities)),
            ("which_company", len(companies)),
            ("product", len(texts.PRODUCTS)),
            ("order", 9000),
        )
    ]
    for thread, example, template, name, city, company, product, order in zip(
        traces.thread.tolist(), threads.example[traces.thread].tolist(), *columns, strict=True
    ):
        project = projects[threads.project[thread]]
        slots = {
            "name": names[name],
            "city": cities[city],
            "company": companies[company],
            "product": texts.PRODUCTS[product],
            "order": f"A-{1000 + order}",
        }
        if project.experiment:
            yield example_talk(recipe, example)
            continue
        topic, question, answer = project.talks[template % len(project.talks)]
        demo = project.tenant == "demo"
        user = int(users[thread] ** 2 * recipe.users) if demo else recipe.users
        yield Talk(topic, question.format(**slots), answer.format(**slots), slots["order"], user)


def example_talk(recipe: Recipe, number: int) -> Talk:
    """Return what the example of that number in the shared dataset asks, and should be answered."""
    choices = recipe.projects[recipe.examples.shared.project].talks
    topic, question, answer = choices[number % len(choices)]
    slots = {
        "name": "",
        "order": "",
        "city": ("Lisbon", "Oslo", "Nairobi", "Osaka")[number % 4],
        "product": texts.PRODUCTS[number % len(texts.PRODUCTS)],
        "company": ("Alder Ltd", "Birch GmbH", "Cedar SA")[number % 3],
    }
    return Talk(topic, question.format(**slots), answer.format(**slots), "", -1)
