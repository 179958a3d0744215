"""Many hosts on one network."""

from tests.helpers.hosts import Network
from tests.helpers.program import Programs

_COUNT = 20


def test_twenty_hosts_on_one_network_all_hear_what_one_says(network: Network, programs: Programs) -> None:
    switch = network.switch()
    people = []
    for number in range(1, _COUNT + 1):
        host = network.host()
        network.join(host, switch, f"10.7.0.{number}/24")
        people.append(programs.start(f"person{number}", "--json", prefix=host.prefix))
    for person in people:
        person.wait_for_people(_COUNT - 1)
    people[0].send("to all of you")
    for person in people:
        person.wait_for_texts("to all of you")
    people[-1].send("and back")
    for person in people:
        person.wait_for_texts("and back")
