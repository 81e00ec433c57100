#!/usr/bin/env python3
"""The dialer in a network namespace of its own, with hosts at the other end of a cable that hold private, metadata and other inner addresses. See README.md."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from fake_hosts import PORT, Counter, NameServer, ip

HERE = os.path.dirname(os.path.abspath(__file__))
PROBE = None  # set by main()

PUBLIC = ["93.184.216.34", "2606:2800:220:1::1"]
INNER = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.9", "192.88.99.1", "198.18.0.1",
         "198.51.100.1", "203.0.113.9", "240.0.0.1", "fc00::1", "fd00:ec2::254", "2002:a00:1::1", "2002:a9fe:a9fe::1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808",
         "2001:db8::1", "2001::1", "3fff::1", "100::1", "2a00::5efe:a00:1"]
# The loopback of the namespace where the dialer is answers too, so these would be served if they were dialed.
LOOPBACK = ["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.0.0.1", "127.255.255.254", "0", "0.0.0.0", "[::1]", "[::]",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]", "localhost"]
SPELLED = ["10.1", "167772161", "0xa000001", "012.0.0.1", "0xA.0.0.0x1", "[::ffff:10.0.0.1]", "[::ffff:a00:1]", "[::10.0.0.1]", "[64:ff9b::10.0.0.1]", "2852039166", "0xa9fea9fe",
           "0251.0376.0251.0376", "169.16689662", "[::ffff:169.254.169.254]", "224.0.0.1", "255.255.255.255", "[ff02::1]", "[fe80::1]"]
NAMES = {"public.test": [["93.184.216.34"]], "private.test": [["10.0.0.1"]], "metadata.test": [["169.254.169.254"]], "loop.test": [["127.0.0.1", "::1"]], "zero.test": [["0.0.0.0"]],
         "mapped.test": [["::ffff:10.0.0.1"]], "nat64.test": [["64:ff9b::a00:1"]], "mixed.test": [["10.0.0.1", "93.184.216.34", "fc00::1"]],
         "rebound.test": [["93.184.216.34"], ["10.0.0.1"], ["93.184.216.34"], ["127.0.0.1"]]}
# Other spellings that a URL, a resolver or nobody could take for an inner address.
NEITHER = ["10.0.0.1.", "127.0.0.1.", "[fe80::1%25near]", "[fe80::1%near]", "１０.0.0.1", "10。0。0。1", "10.0.0.1%00.public.test", "public.test@10.0.0.1", "10.0.0.1#.public.test", "[10.0.0.1]"]


def url(host):
    return f"http://{host}:{PORT}/hook"


def bracketed(address):
    return f"[{address}]" if ":" in address else address


class Dialer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ip("link", "set", "lo", "up")
        cls.hosts = subprocess.Popen(["unshare", "-n", sys.executable, os.path.join(HERE, "fake_hosts.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.hosts.wait)
        cls.addClassCleanup(cls.hosts.stdout.close)
        cls.addClassCleanup(cls.hosts.stdin.close)
        cls.wait_for_namespace()
        ip("link", "add", "near", "type", "veth", "peer", "name", "far")
        ip("link", "set", "far", "netns", str(cls.hosts.pid))
        ip("addr", "add", "198.51.100.77/32", "dev", "near")
        ip("addr", "add", "2001:db8:77::1/128", "dev", "near", "nodad")
        ip("link", "set", "near", "up")
        ip("route", "add", "default", "dev", "near")
        ip("-6", "route", "add", "default", "dev", "near")
        cls.ask(json.dumps(PUBLIC + INNER))
        cls.here = Counter()
        NameServer(NAMES)

    @classmethod
    def wait_for_namespace(cls):
        mine = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{cls.hosts.pid}/ns/net") == mine:
            assert cls.hosts.poll() is None

    @classmethod
    def ask(cls, command):
        cls.hosts.stdin.write(command + "\n")
        cls.hosts.stdin.flush()
        return cls.hosts.stdout.readline()

    def dial(self, hosts, allow=()):
        """What became of each, and who was reached meanwhile: out there, and on this side's own addresses."""
        out, here = json.loads(self.ask("counts")), dict(self.here.seen)
        done = subprocess.run([PROBE, *allow], input="".join(url(host) + "\n" for host in hosts), capture_output=True, text=True, timeout=240, check=True)
        answers = [line.rpartition("\t")[2] for line in done.stdout.splitlines()]
        reached = {address: count - out.get(address, 0) for address, count in json.loads(self.ask("counts")).items() if count != out.get(address, 0)}
        reached |= {address: count - here.get(address, 0) for address, count in self.here.seen.items() if count != here.get(address, 0)}
        return dict(zip(hosts, answers, strict=True)) if len(set(hosts)) == len(hosts) else answers, reached

    def test_public_addresses_are_reached(self):
        hosts = [bracketed(address) for address in PUBLIC] + ["public.test"]
        answers, reached = self.dial(hosts)
        self.assertEqual(answers, {host: "200" for host in hosts})
        self.assertEqual(reached, {PUBLIC[0]: 2, PUBLIC[1]: 1})

    def test_no_inner_address_is_reached_in_any_spelling(self):
        hosts = [bracketed(address) for address in INNER] + LOOPBACK + SPELLED
        answers, reached = self.dial(hosts)
        self.assertEqual({host: answer for host, answer in answers.items() if answer != "denied"}, {})
        self.assertEqual(reached, {})

    def test_without_the_rule_they_would_all_be_reached(self):
        hosts = [bracketed(address) for address in INNER] + ["127.0.0.1", "2130706433", "0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "012.0.0.1", "private.test", "localhost"]
        answers, reached = self.dial(hosts, allow=["0.0.0.0/0", "::/0"])
        self.assertEqual(answers, {host: "200" for host in hosts})
        self.assertEqual(set(reached), set(INNER) | {"127.0.0.1", "::1"})

    def test_names_are_judged_by_where_they_lead(self):
        names = ["private.test", "metadata.test", "loop.test", "zero.test", "mapped.test", "nat64.test"]
        answers, reached = self.dial(names)
        self.assertEqual(answers, {name: "denied" for name in names})
        self.assertEqual(reached, {})

    def test_of_a_mixed_answer_only_the_public_address_is_reached(self):
        answers, reached = self.dial(["mixed.test"])
        self.assertEqual((answers, reached), ({"mixed.test": "200"}, {PUBLIC[0]: 1}))

    def test_a_name_that_changes_its_mind_reaches_nothing_inside(self):
        answers, reached = self.dial(["rebound.test"] * 6)
        self.assertEqual(answers, ["200", "denied", "200", "denied", "denied", "denied"])
        self.assertEqual(reached, {PUBLIC[0]: 2})

    def test_other_spellings_reach_nothing(self):
        answers, reached = self.dial(NEITHER)
        self.assertNotIn("200", answers.values())
        self.assertEqual(reached, {})

    def test_a_listed_block_is_opened_and_nothing_beside_it(self):
        answers, reached = self.dial(["10.0.0.1", "[::ffff:10.0.0.1]", "192.168.1.1", "127.0.0.1", "169.254.169.254"], allow=["10.0.0.0/24"])
        self.assertEqual([host for host, answer in answers.items() if answer == "200"], ["10.0.0.1", "[::ffff:10.0.0.1]"])
        self.assertEqual(reached, {"10.0.0.1": 2})


def inside():
    subprocess.run(["mount", "--make-rprivate", "/"], check=True, timeout=30)
    with tempfile.NamedTemporaryFile("w", prefix="mrn-") as resolv:
        resolv.write("nameserver 127.0.0.1\noptions attempts:1 timeout:2\n")
        resolv.flush()
        subprocess.run(["mount", "--bind", resolv.name, "/etc/resolv.conf"], check=True, timeout=30)
        unittest.main(argv=[sys.argv[0]], verbosity=1)


def main():
    global PROBE
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", required=True, help="the program dial_probe")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    PROBE = os.path.abspath(options.probe)
    if options.inside:
        return inside()
    isolated = ["unshare", "--map-root-user", "--net", "--mount"]
    allowed = shutil.which("ip") and shutil.which("unshare") and subprocess.run([*isolated, "ip", "link", "add", "near", "type", "veth"], capture_output=True, check=False).returncode == 0
    if not allowed or not os.path.exists("/proc/net/if_inet6"):
        return print("skipped: no network namespaces here (or no ip, or no IPv6), so the dialer was not tried against hosts")
    return subprocess.run([*isolated, sys.executable, os.path.abspath(__file__), "--probe", PROBE, "--inside"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
