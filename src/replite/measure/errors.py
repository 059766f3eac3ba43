"""Errors where devices are measured on; every message names the device, or the file, and says what to do."""

from typing import ClassVar


class InputError(ValueError):
    """A file that an earlier stage should have made is not what this one needs."""


class DeviceError(RuntimeError):
    """A device could not be measured on.

    The message may name hosts, users and paths; `reason` is for a report, which must not.
    """

    reason: ClassVar[str] = "it could not be measured on"


class UnreachableError(DeviceError):
    """The device does not answer, or the link broke."""

    reason = "it does not answer, or the connection broke; run again when it answers"


class NoAnswerError(UnreachableError):
    """The device, or a jump host, does not answer."""


class HostKeyRefusedError(DeviceError):
    """The device's host key, or a jump host's, is unknown or not the recorded one."""

    reason = "its host key is unknown or not the recorded one"


class AuthenticationRefusedError(DeviceError):
    """The device, or a jump host, refused every key."""

    reason = "it refused every key"


class BusyError(DeviceError):
    """Another workflow measures on the device and did not end in time."""

    reason = "another workflow measured on it"


class RunError(DeviceError):
    """The program on the device failed, was killed or took too long."""

    reason = "the program there failed, was killed, as for want of memory, or took too long"


class TransferError(DeviceError):
    """A file did not arrive as it was sent."""

    reason = "a file could not be copied"


class SamplesError(DeviceError):
    """The samples from the device are not what a complete run writes."""

    reason = "its samples are not those that it wrote"


class ImplausibleError(DeviceError):
    """The device told something that cannot be true; the message names the field, its value and the limit."""

    reason = "it told something that cannot be true"
