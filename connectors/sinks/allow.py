"""Who may be sent to: the hosts an operator allowed, at an address that was looked at before connecting.

An allowed entry is a host name, an address or a network. A name with a dot can be anyone's, so it must lead
to a public address (or into an allowed network); a name without one (localhost, a neighbour in the same
container network) may lead to a private address. Link-local, multicast and unspecified addresses never pass.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from schemas.errors import Reject, Retry

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], list[str]]


def look_up(host: str, port: int) -> list[str]:
    """Addresses of a host name. Raises `Retry` when there is no answer."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as fault:
        raise Retry(
            f"The name {host} leads to no address: {fault.strerror}", fix="Check the name."
        ) from fault
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Allow:
    """The allowed hosts and networks; `resolve` is looked up again at every try."""

    hosts: frozenset[str]
    networks: tuple[Network, ...] = ()
    resolve: Resolve = look_up

    @classmethod
    def of(cls, entries: Iterable[str], resolve: Resolve = look_up) -> Allow:
        """From the entries of the settings."""
        hosts, networks = set(), []
        for entry in entries:
            try:
                networks.append(ip_network(entry))
            except ValueError:
                hosts.add(entry.lower().rstrip("."))
        return cls(frozenset(hosts), tuple(networks), resolve)

    def address(self, host: str, port: int) -> str:
        """The address to connect to. Raises `Reject` when the host or its address is not allowed."""
        name = host.lower().rstrip(".")
        literal = _literal(name)
        if literal is not None:
            if self._in_network(literal) and not _never(literal):
                return str(literal)
            raise self._refusal(host, "the address is not allowed")
        if name not in self.hosts:
            raise self._refusal(host, "the host is not allowed")
        for text in self.resolve(name, port):
            found = _plain(ip_address(text))
            if _never(found):
                continue
            if found.is_global or "." not in name or self._in_network(found):
                return str(found)
        raise self._refusal(host, "it leads to a private address")

    def _in_network(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)

    def _refusal(self, host: str, why: str) -> Reject:
        return Reject(
            f"Nothing is sent to {host}: {why}",
            fix="An operator can allow a host, address or network with ZEVEN_NOTICES_ALLOW.",
        )


def _literal(name: str) -> Address | None:
    """An address written as such, also in the octal, hex and decimal forms that a socket would take."""
    try:
        return _plain(ip_address(name.strip("[]").partition("%")[0]))
    except ValueError:
        pass_on = name
    try:
        return IPv4Address(socket.inet_aton(pass_on))
    except OSError:
        return None


def _plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _never(address: Address) -> bool:
    return address.is_link_local or address.is_multicast or address.is_unspecified
