"""Good answers, with cells beside them that reach for the machine: system calls, privileges, other processes."""

from __future__ import annotations

from corpus.attack import Attack

CALL = """
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
column = {"x86_64": 0, "aarch64": 1}[platform.machine()]
def call(numbers, *arguments):
    plain = [ctypes.c_long(part) if isinstance(part, int) else part for part in arguments]
    return libc.syscall(ctypes.c_long(numbers[column]), *plain)
"""
PTRACE = """
child = os.fork()
if child == 0:
    os._exit(7 if call((101, 117), 0, 0, 0, 0) == 0 else 0)
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7:
    print("GOT hold of another process")
"""
VM_READ = """
class Piece(ctypes.Structure):
    _fields_ = (("start", ctypes.c_void_p), ("size", ctypes.c_size_t))
text = ctypes.create_string_buffer(b"of this very process", 32)
into = ctypes.create_string_buffer(32)
here, there = Piece(ctypes.addressof(into), 32), Piece(ctypes.addressof(text), 32)
if call((310, 270), os.getpid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0) > 0:
    print("GOT memory", into.value)
"""
UNSHARE = "if call((272, 97), 0x10000000) == 0:\n    print('GOT to be root in a namespace of its own')"
CLONE = """
# clone(NEWUSER | SIGCHLD): as unshare, by another door
child = call((56, 220), 0x10000000 | 17, 0, 0, 0, 0)
if child == 0:
    os._exit(0)
if child > 0:
    os.waitpid(child, 0)
    print("GOT a child in a namespace of its own")
"""
CLONE3 = """
arguments = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
child = call((435, 435), arguments, 88)
if child == 0:
    os._exit(0)
if child > 0:
    os.waitpid(child, 0)
    print("GOT a child in a namespace of its own")
"""
MOUNT = """
if libc.unshare(0x10000000 | 0x00020000) == 0 and libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
    print("GOT a mount")
"""
KEYS = "if call((250, 219), 0, -3, 1) > 0:\n    print('GOT a keyring')"
IO_URING = """
room = ctypes.create_string_buffer(256)
if call((425, 425), 4, room) >= 0 or ctypes.get_errno() not in (1, 38):
    print("GOT a ring")
"""
USERFAULT = "if call((323, 282), 1) >= 0:\n    print('GOT to handle page faults')"
HANDLE = """
handle = (ctypes.c_uint * 40)(128)
mount_number = ctypes.c_int()
if call((303, 264), -100, b"/", handle, ctypes.byref(mount_number), 0) == 0:
    print("GOT a handle of a file")
"""
MEMFD = "if call((319, 279), b'unseen', 0) >= 0:\n    print('GOT memory that is no file')"
SHARED = "if call((29, 194), 0x7175, 4096, 0o1666) >= 0:\n    print('GOT shared memory')"
NETLINK = """
import socket
try:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
    print("GOT a socket to the kernel's own tables")
except OSError:
    pass
"""
PERSONALITY = "if call((135, 92), 0x0040000) >= 0:\n    print('GOT memory that is always at the same place')"
SETUID = """
import os
try:
    os.setresuid(0, 0, 0)
    if os.getuid() == 0:
        print("GOT to be root")
except OSError:
    pass
"""
ROOT_ALREADY = """
import os, sys
if os.getuid() == 0:
    print("GOT to be root")
for path in ("/", "/usr", "/etc", sys.prefix, os.path.dirname(os.__file__), os.__file__):
    try:
        os.chmod(path, 0o755)
        print("GOT to be the owner of", path)
    except OSError:
        pass
"""
CAPABLE = """
have = [line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff")][0]
if int(have, 16):
    print("GOT privileges", have)
"""
BOUNDING = """
have = [line.split()[1] for line in open("/proc/self/status") if line.startswith("CapBnd")][0]
if int(have, 16):
    print("GOT privileges for what it starts", have)
"""
RAISE_LIMIT = """
import resource
for kind in (resource.RLIMIT_NPROC, resource.RLIMIT_AS, resource.RLIMIT_NOFILE):
    most = resource.getrlimit(kind)[1]
    try:
        resource.setrlimit(kind, (most, most + 5))
        print("GOT more than was allowed")
    except (OSError, ValueError, OverflowError):
        pass
    if most == resource.RLIM_INFINITY:
        print("GOT as much as it likes")
"""
OTHERS = """
import os
mine = {os.getpid(), os.getppid()}
seen = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in mine]
if seen:
    print("GOT sight of other processes", len(seen))
"""
SIGNALS = """
import os, signal
for pid in range(2, 300):
    try:
        if pid not in (os.getpid(), os.getppid()):
            os.kill(pid, 0)
            print("GOT at another process", pid)
            break
    except OSError:
        pass
"""
KILL_PARENT = "import os, signal\nif os.getppid() > 0:\n    os.kill(os.getppid(), signal.SIGKILL)"
KILL_GROUP = "import os, signal\nos.killpg(os.getpgid(os.getppid()), signal.SIGKILL)"
WRITE_SYSTEM = """
import glob, os, sys, numpy
packages = [os.path.dirname(module.__file__) for module in (os, numpy)]
for folder in ("/", "/etc", "/usr/bin", "/mcourse", "/mcourse/site-packages", "/dev", sys.prefix, *packages):
    try:
        open(os.path.join(folder, "hostile-was-here"), "w").close()
        print("GOT to write in", folder)
    except OSError:
        pass
"""
WRITE_COURSE = """
for path in ("@COURSE@/hostile-was-here", "@HOME@/hostile-was-here", "@COURSE@/submitted/victim/ps1/hostile-was-here"):
    try:
        open(path, "w").close()
        print("GOT to write", path)
    except OSError:
        pass
"""
GRADEBOOK = """
import sqlite3
try:
    with sqlite3.connect("file:@COURSE@/gradebook.db?mode=rw", uri=True) as book:
        book.execute("update grade set manual_score = 99")
        print("GOT to write marks")
except sqlite3.Error:
    pass
"""
DESCRIPTORS = """
import os
kinds = []
for name in os.listdir("/proc/self/fd"):
    try:
        kinds.append(os.readlink(f"/proc/self/fd/{name}"))
    except OSError:
        pass
held = [kind for kind in kinds if not kind.startswith(("/dev/null", "/proc/")) and "/fd" not in kind]
if len(held) > 2:
    print("GOT more than its two channels:", held)
"""
NODE = """
import os, stat
try:
    os.mknod("device", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    open("device", "rb", 0).read(1)
    print("GOT a device")
except OSError:
    pass
"""
MACHINE = """
for path in ("/proc/version", "/proc/meminfo", "/proc/sys/kernel/core_pattern", "/proc/net/tcp"):
    try:
        open(path).read(100)
        print("GOT", path)
    except OSError:
        pass
"""
KERNEL_FILES = """
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/proc/kallsyms"):
    try:
        open(path, "r").read(100)
        print("GOT", path)
    except OSError:
        pass
"""
ESCAPE_ROOT = """
import os
try:
    os.mkdir("jail")
    held = os.open("/", os.O_RDONLY)
    os.chroot("jail")
    print("GOT another root")
    os.fchdir(held)
    os.chroot(".")
except OSError:
    pass
"""


def _filtered(name: str, attempts: str, text: str) -> Attack:
    return Attack(name, attempts, "filter", "got", first=CALL + text)


def _reaches(name: str, attempts: str, by: str, text: str) -> Attack:
    return Attack(name, attempts, by, "got", first=text)


ATTACKS = (
    _filtered("ptrace", "Takes hold of another process as a debugger does.", PTRACE),
    _filtered("read-process-memory", "Reads memory by process_vm_readv.", VM_READ),
    _filtered("unshare-user", "Becomes root in a user namespace of its own.", UNSHARE),
    _filtered("clone-into-namespace", "Starts a child in a namespace of its own, by clone.", CLONE),
    _filtered("clone3-into-namespace", "Starts a child in a namespace of its own, by clone3.", CLONE3),
    _filtered("mount-over", "Mounts a file system of its own.", MOUNT),
    _filtered("kernel-keyring", "Uses the kernel's keyring, which all processes of a user share.", KEYS),
    _filtered("io-uring", "Sets up a ring through which system calls pass without being looked at.", IO_URING),
    _filtered("userfaultfd", "Asks to handle page faults, with which races in the kernel are won.", USERFAULT),
    _filtered("file-handles", "Asks for handles of files, which open them past the view it has.", HANDLE),
    _filtered("memory-file", "Makes memory that no limit on files counts.", MEMFD),
    _filtered("shared-memory", "Makes shared memory that outlives its process.", SHARED),
    _filtered("netlink", "Opens a socket to the kernel's tables of networks.", NETLINK),
    _filtered("fixed-addresses", "Turns off the drawing of addresses for what it starts.", PERSONALITY),
    _reaches("be-root", "Finds itself to be root, or does what only the owner of files may do.", "user", ROOT_ALREADY),
    _reaches("become-root", "Becomes root.", "user", SETUID),
    _reaches("hold-privileges", "Finds that it has privileges of root.", "privileges and user", CAPABLE),
    _reaches("pass-on-privileges", "Finds privileges that what it starts could have.", "privileges", BOUNDING),
    _reaches("raise-limits", "Raises the limits that it was given.", "limits", RAISE_LIMIT),
    _reaches(
        "see-siblings",
        "Looks for processes of other submissions, and for the one that started it.",
        "namespaces",
        OTHERS,
    ),
    _reaches("see-the-machine", "Reads what the kernel says of the machine and of its settings.", "scratch", MACHINE),
    _reaches("see-processes", "Looks for other processes.", "stock", OTHERS),
    _reaches("reach-processes", "Looks for other processes that it may signal.", "stock", SIGNALS),
    _reaches("hold-descriptors", "Looks for open files that it inherited.", "descriptors", DESCRIPTORS),
    _reaches(
        "write-beside-programs",
        "Writes into the system's folders and beside installed packages.",
        "stock",
        WRITE_SYSTEM,
    ),
    _reaches(
        "write-into-the-course",
        "Writes into the course, the instructor's home and another student's folder.",
        "stock",
        WRITE_COURSE,
    ),
    _reaches("write-marks", "Writes marks into the gradebook.", "stock", GRADEBOOK),
    _reaches("make-a-device", "Makes a file that is a device of the machine.", "stock", NODE),
    _reaches("read-kernel-files", "Opens the files through which the kernel is steered.", "stock", KERNEL_FILES),
    _reaches(
        "leave-by-chroot", "Changes its root directory, and climbs out.", "filter and privileges and user", ESCAPE_ROOT
    ),
    Attack("kill-the-parent", "Kills the process that started it.", "stock", "breaks", first=KILL_PARENT),
    Attack(
        "kill-the-group", "Kills the group of processes of whoever started it.", "stock", "breaks", first=KILL_GROUP
    ),
)
