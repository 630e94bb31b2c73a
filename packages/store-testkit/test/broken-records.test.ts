// Stores that differ from a good one in one line, and lose, mix up or misreport records.
import { ABOUT_RECORDS, catchBroken } from "./support/catch-broken.ts";

catchBroken((clause) => ABOUT_RECORDS.has(clause));
