"""What the authoritative servers of a sandbox answer, straight from the state. Pure."""

from __future__ import annotations

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype

from ebdeploy.sandbox.dns_registry import answer_registry
from ebdeploy.sandbox.dns_zones import answer_name_server
from ebdeploy.sandbox.state import State

PAYLOAD = 1232  # bytes a datagram carries at most (https://www.dnsflagday.net/2020/)
LONGEST = 65535
PLAIN_PAYLOAD = 512  # without EDNS (RFC 1035, section 4.2.1)


def answer(
    state: State, registry: str, address: str, query: dns.message.Message
) -> dns.message.Message:
    """Return the answer of the server at the address; ``registry`` is the registry's.

    A record set whose value is no DNS data makes SERVFAIL.
    """
    reply = dns.message.make_response(query, our_payload=PAYLOAD)
    if query.opcode() != dns.opcode.QUERY:
        reply.set_rcode(dns.rcode.NOTIMP)
        return reply
    question = query.question[0]
    name = question.name.to_text().replace("\\052", "*").lower().rstrip(".")
    rdtype = dns.rdatatype.to_text(question.rdtype)
    fill = answer_registry if address == registry else answer_name_server
    try:
        with state.lock:
            fill(state, address, name, rdtype, reply)
    except dns.exception.DNSException:
        reply = dns.message.make_response(query, our_payload=PAYLOAD)
        reply.set_rcode(dns.rcode.SERVFAIL)
    return reply


def to_stream(reply: dns.message.Message) -> bytes:
    """Return the reply's bytes whatever datagrams may hold."""
    return reply.to_wire(max_size=LONGEST)


def to_datagram(query: dns.message.Message, reply: dns.message.Message) -> bytes:
    """Return the reply's bytes; a reply too long for the client is cut to its question (TC)."""
    limit = min(max(query.payload, PLAIN_PAYLOAD), PAYLOAD) if query.edns >= 0 else PLAIN_PAYLOAD
    body = to_stream(reply)
    if len(body) <= limit:
        return body
    short = dns.message.make_response(query, our_payload=PAYLOAD)
    short.flags = reply.flags | dns.flags.TC
    short.set_rcode(reply.rcode())
    return short.to_wire()
