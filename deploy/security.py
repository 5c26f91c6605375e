"""Users, rights and quotas at Kafka, brought to what the manifests and the catalogue say; more is taken away."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from kafka.errors import ClusterAuthorizationFailedError, KafkaError, SecurityDisabledError
from kafka.protocol.admin import AlterClientQuotasRequest, DescribeClientQuotasRequest

from connectors.manifest import Declared, Quota
from deploy.rights import Right, of_hub
from schemas.bus.admin import admin
from schemas.errors import Retry, Stop
from schemas.settings import Settings

MECHANISM: Final = ScramMechanism.SCRAM_SHA_512
SETTLED_S: Final = 10.0
POLL_S: Final = 0.05
_PATTERNS: Final = {True: ACLResourcePatternType.PREFIXED, False: ACLResourcePatternType.LITERAL}
_EXACTLY: Final = 0  # how a quota is asked for: of this entity, not of a default


@contextmanager
def guard(settings: Settings) -> Iterator[KafkaAdminClient]:
    """An admin client that may give rights. Raises `Stop` with what is lacking for it."""
    try:
        with admin(settings) as client:
            yield client
    except SecurityDisabledError as fault:
        raise Stop(
            "This Kafka judges no rights: everyone may do everything",
            where=settings.kafka.bootstrap,
            fix="Give its brokers an authorizer (org.apache.kafka.metadata.authorizer.StandardAuthorizer) and SASL.",
        ) from fault
    except ClusterAuthorizationFailedError as fault:
        raise Stop(
            f"The user {settings.kafka.username} may not give rights",
            where=settings.kafka.bootstrap,
            fix="Use the credentials of the office (ZEVEN_KAFKA_USERNAME) or of a super user.",
        ) from fault


def new_password() -> str:
    """A password that nobody has to remember."""
    return secrets.token_urlsafe(32)


def grant(client: KafkaAdminClient, hub: Declared) -> int:
    """Rights and quota of a hub's user as its manifest says; returns how many rights changed."""
    changed = set_rights(client, hub.user, of_hub(hub.hub))
    set_quota(client, hub.user, hub.quota)
    return changed


def set_user(client: KafkaAdminClient, user: str, password: str) -> None:
    """Make the user, or replace its password."""
    _alter(client, user, UserScramCredentialUpsertion(user, MECHANISM, password))
    _settled(lambda: has_user(client, user), f"the user {user}")


def drop(client: KafkaAdminClient, user: str) -> None:
    """Take everything from a user: rights, quota and the password."""
    set_rights(client, user, ())
    set_quota(client, user, None)
    if has_user(client, user):
        _alter(client, user, UserScramCredentialDeletion(user, MECHANISM))


def has_user(client: KafkaAdminClient, user: str) -> bool:
    """Whether the user has a password."""
    return bool(client.describe_user_scram_credentials([user])[user]["credential_infos"])


def users(client: KafkaAdminClient) -> list[str]:
    """Who has a password."""
    return sorted(client.describe_user_scram_credentials(None))


def rights_of(client: KafkaAdminClient, user: str) -> frozenset[Right]:
    """What the user may do now, from anywhere; what somebody denies by hand is nobody's business here."""
    found, _ = client.describe_acls(_all_of(user))
    return frozenset(
        _right(one) for one in found if one.permission_type == ACLPermissionType.ALLOW and one.host == "*"
    )


def set_rights(client: KafkaAdminClient, user: str, wanted: Iterable[Right]) -> int:
    """Give what is missing and take what is too much; returns how many rights changed."""
    there, right = rights_of(client, user), frozenset(wanted)
    missing, surplus = sorted(right - there), sorted(there - right)
    if missing:
        failed = client.create_acls([_acl(user, one) for one in missing])["failed"]
        if failed:
            raise failed[0](f"{len(failed)} rights of {user} were not given")
    if surplus:
        for _, _, error in client.delete_acls([_acl(user, one) for one in surplus]):
            if error.errno:
                raise error(f"A right of {user} was not taken away")
    _settled(lambda: rights_of(client, user) == right, f"the rights of {user}")
    return len(missing) + len(surplus)


def quota_of(client: KafkaAdminClient, user: str) -> dict[str, float]:
    """The quota of a user, by Kafka's names."""
    asked = DescribeClientQuotasRequest.ComponentData(entity_type="user", match_type=_EXACTLY, match=user)
    answer: Any = _ask(client, DescribeClientQuotasRequest(components=[asked], strict=True))
    return {value.key: value.value for entry in answer.entries or () for value in entry.values}


def set_quota(client: KafkaAdminClient, user: str, quota: Quota | None) -> None:
    """Set how many bytes a second the user may write and read; without a quota: as many as Kafka can."""
    wanted: Mapping[str, float] = {
        "producer_byte_rate": quota.produce_bytes_per_s if quota else 0.0,
        "consumer_byte_rate": quota.fetch_bytes_per_s if quota else 0.0,
    }
    entry = AlterClientQuotasRequest.EntryData
    ops = [entry.OpData(key=key, value=float(value), remove=quota is None) for key, value in wanted.items()]
    entity = [entry.EntityData(entity_type="user", entity_name=user)]
    answer: Any = _ask(
        client, AlterClientQuotasRequest(entries=[entry(entity=entity, ops=ops)], validate_only=False)
    )
    for one in answer.entries:
        if one.error_code:
            raise KafkaError(f"The quota of {user} was not set: {one.error_message}")
    there = {} if quota is None else dict(wanted)
    _settled(lambda: quota_of(client, user) == there, f"the quota of {user}")


def _settled(there: Callable[[], bool], what: str) -> None:
    """Wait until Kafka tells what it was told: brokers learn it a moment later than it was accepted."""
    end = time.monotonic() + SETTLED_S
    while not there():
        if time.monotonic() > end:
            raise Retry(f"Kafka accepted {what}, but does not show them", fix="Try again.")
        time.sleep(POLL_S)


def _ask(client: KafkaAdminClient, request: Any) -> Any:
    """Ask what the admin client has no method for."""
    return client._manager.run(client._manager.send, request)


def _alter(client: KafkaAdminClient, user: str, alteration: Any) -> None:
    refused = client.alter_user_scram_credentials([alteration]).get(user)
    if refused:
        raise KafkaError(f"The password of {user} was not changed: {refused}")


def _principal(user: str) -> str:
    return f"User:{user}"


def _all_of(user: str) -> ACLFilter:
    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    return ACLFilter(_principal(user), None, ACLOperation.ANY, ACLPermissionType.ANY, everything)


def _acl(user: str, right: Right) -> ACL:
    pattern = ResourcePattern(ResourceType[right.resource], right.name, _PATTERNS[right.prefixed])
    return ACL(_principal(user), "*", ACLOperation[right.operation], ACLPermissionType.ALLOW, pattern)


def _right(acl: ACL) -> Right:
    where = acl.resource_pattern
    prefixed = where.pattern_type == ACLResourcePatternType.PREFIXED
    return Right(where.resource_type.name, where.resource_name, acl.operation.name, prefixed)
