from telesock.v1 import events_pb2 as _events_pb2
from telesock.v1 import sessions_pb2 as _sessions_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionRecording(_message.Message):
    __slots__ = ("session", "agent_id", "boot_id", "version", "cause", "monotonic_ns", "wall_ns", "events")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    MONOTONIC_NS_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    session: _sessions_pb2.Session
    agent_id: str
    boot_id: str
    version: str
    cause: str
    monotonic_ns: int
    wall_ns: int
    events: _containers.RepeatedCompositeFieldContainer[_events_pb2.Event]
    def __init__(self, session: _Optional[_Union[_sessions_pb2.Session, _Mapping]] = ..., agent_id: _Optional[str] = ..., boot_id: _Optional[str] = ..., version: _Optional[str] = ..., cause: _Optional[str] = ..., monotonic_ns: _Optional[int] = ..., wall_ns: _Optional[int] = ..., events: _Optional[_Iterable[_Union[_events_pb2.Event, _Mapping]]] = ...) -> None: ...
