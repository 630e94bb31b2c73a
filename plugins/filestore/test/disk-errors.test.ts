import { expect, test } from "vitest";
import { toStoreError } from "../src/disk-errors.ts";
import { openStore } from "./support.ts";

const fault = (code: string): Error => Object.assign(new Error("the system's words"), { code });

test.each([
  ["ENOSPC", "retry", "disk_full"],
  ["EDQUOT", "retry", "quota_exceeded"],
  ["EIO", "retry", "io_error"],
  ["EMFILE", "retry", "too_many_files"],
  ["EROFS", "blocked", "read_only"],
  ["EACCES", "blocked", "no_permission"],
  ["EISDIR", "blocked", "is_a_folder"],
  ["ENOTDIR", "blocked", "not_a_folder"],
  ["ELOOP", "blocked", "symlink"],
  ["EILSEQ", "blocked", "name_refused"],
  ["EXDEV", "blocked", "other_file_system"],
  ["EFBIG", "blocked", "file_too_large"],
])("%s is %s (FS-06)", (errno, status, code) => {
  expect(toStoreError(fault(errno), "write /x")).toMatchObject({ status, code });
});

test("a folder that the file system does not make is not said to have been removed", async () => {
  const opened = openStore("/proc/cloudmarker/out");
  await expect(opened).rejects.toMatchObject({ status: "blocked", code: "no_folder" });
  await expect(opened).rejects.toThrow(
    "Cannot use /proc/cloudmarker/out: the folder cannot be made there: this file system takes no new folders; change `path` (ENOENT).",
  );
});

test("the message says what failed, why and what to do", () => {
  expect(toStoreError(fault("EROFS"), "use /data").message).toBe(
    "Cannot use /data: the file system is mounted read-only (EROFS).",
  );
  expect(toStoreError(new Error("odd"), "use /data")).toMatchObject({
    status: "retry",
    code: "disk_error",
    message: "Cannot use /data: odd.",
  });
});
