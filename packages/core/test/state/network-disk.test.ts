import { expect, test } from "vitest";
import { servedBy } from "../../src/state/network-disk.ts";

const MOUNTS = String.raw`22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /home rw,relatime shared:2 - nfs4 server:/home rw
31 30 8:1 / /home/local rw,relatime - xfs /dev/sda1 rw
32 22 0:27 / /mnt/my\040share rw,relatime - cifs //server/share rw
33 22 0:28 / /mnt/remote rw,relatime - fuse.sshfs me@server: rw
34 22 0:29 / /mnt/twice rw,relatime - nfs server:/a rw
35 34 8:2 / /mnt/twice rw,relatime - ext4 /dev/sdb rw
`;

test.each([
  ["/home/me/.local/state/cloudmarker", "nfs4"],
  ["/home", "nfs4"],
  ["/home/local/state", undefined],
  ["/homes/me", undefined],
  ["/var/lib", undefined],
  ["/mnt/my share/state", "cifs"],
  ["/mnt/remote", "fuse.sshfs"],
  ["/mnt/twice/state", undefined],
  [String.raw`\\server\share\state`, "a share of Windows"],
])("%s is on %s", (folder, kind) => {
  expect(servedBy(folder, MOUNTS)).toBe(kind);
});

test("nothing is refused where the system does not say what is mounted", () => {
  expect(servedBy("/home/me", "")).toBeUndefined();
});
