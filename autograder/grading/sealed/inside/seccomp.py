"""The system calls that nobody's homework needs, refused by the kernel for a process and all its children.

Separate because it is a table and a small assembler. The filter is the classic BPF that ``seccomp(2)`` takes: load the
number, compare, return. A list of what is refused and not of what is allowed: what a student may *reach* is bounded by
namespaces, users and limits already; this takes away the calls with which kernels have been talked out of those.

Numbers: Linux's ``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h``.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct
from collections.abc import Iterable

from autograder.grading.sealed.inside import kernel

# each call with its number on x86-64 and on 64-bit ARM; None where the machine has no such call
NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "mount_setattr": (442, 442),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "unshare": (272, 97), "setns": (308, 268),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "quotactl": (179, 60), "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "sethostname": (170, 161), "setdomainname": (171, 162), "personality": (135, 92),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "vhangup": (153, 58),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "mbind": (237, 235), "set_mempolicy": (238, 237),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),  # memory that no limit on files or processes counts
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "clone": (56, 220), "clone3": (435, 435), "socket": (41, 198), "ioctl": (16, 29),
}  # fmt: skip
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, and the kernel's name for it
CONDITIONAL = ("clone", "clone3", "socket", "ioctl")

NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
X32 = 0x40000000  # the second table of x86-64
TERMINAL_TRICKS = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX type on somebody else's keyboard
FAMILIES = (int(socket.AF_UNIX), int(socket.AF_INET))

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000

Step = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def supported() -> bool:
    """Whether this machine's system calls are in the table."""
    return platform.machine() in MACHINES


def program(machine: str) -> bytes:
    """Assemble the filter.

    Args:
        machine: ``x86_64`` or ``aarch64``.

    Returns:
        The steps, 8 bytes each.
    """
    column, architecture = MACHINES[machine]
    number = {name: numbers[column] for name, numbers in NUMBERS.items()}
    steps: list[Step] = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), _give(KILL), (LOAD, 0, 0, NUMBER)]
    if machine == "x86_64":
        steps += [(AT_LEAST, 0, 1, X32), _give(KILL)]
    refused = [k for name, k in number.items() if k is not None and name not in CONDITIONAL]
    for k in sorted(refused):
        steps += _when(k, [_give(REFUSE | errno.EPERM)])
    # without clone3, whose flags lie in memory, the C library falls back on clone, whose flags can be looked at
    steps += _when(number["clone3"], [_give(REFUSE | errno.ENOSYS)])
    steps += _when(number["clone"], [*_argument(0, ANY_BIT, [NEW_NAMESPACES], REFUSE | errno.EPERM), _give(ALLOW)])
    steps += _when(number["socket"], [*_argument(0, EQUAL, FAMILIES, ALLOW), _give(REFUSE | errno.EAFNOSUPPORT)])
    steps += _when(number["ioctl"], [*_argument(1, EQUAL, TERMINAL_TRICKS, REFUSE | errno.EPERM), _give(ALLOW)])
    steps.append(_give(ALLOW))
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def _give(verdict: int) -> Step:
    return (RETURN, 0, 0, verdict)


def _when(number: int | None, then: list[Step]) -> list[Step]:
    """These steps, for one system call alone."""
    return [] if number is None else [(EQUAL, 0, len(then), number), *then]


def _argument(place: int, test: int, values: Iterable[int], verdict: int) -> list[Step]:
    """A verdict for any of these values of an argument; its lower half, which is all that these calls read."""
    steps: list[Step] = [(LOAD, 0, 0, ARGUMENTS + 8 * place)]
    for value in values:
        steps += [(test, 0, 1, value), _give(verdict)]
    return steps


def install() -> None:
    """Put this process and all its children under the filter, for good.

    Raises:
        OSError: the kernel has no such filters.
    """
    steps = program(platform.machine())
    memory = ctypes.create_string_buffer(steps, len(steps))
    filter_ = _Program(len(steps) // 8, ctypes.cast(memory, ctypes.c_void_p))
    kernel.prctl(22, 2, ctypes.addressof(filter_))  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
