// How many of the rows the model was trained on, said plainly: memory is not skill.

import { intervalWords } from "../../charts/interval.js";
import { notice } from "../../components/notice.js";
import { integer, metricName, percent, plural } from "../../format.js";

export function overlapNotice({ overlap, metric, rows }) {
  if (!overlap) return null;
  const { rows_seen_in_training: seen, share, by_chance: byChance, sampled, unseen, why } = overlap;
  if (seen === null) return notice("info", "Whether the model was trained on these rows is not known.", why);
  if (seen === 0) return notice("good", "None of these rows stood in the training table.", "The score says what the model can do, not what it remembers.");
  const about = sampled ? "About " : "";
  const without = unseen ? `Without them: ${metricName(metric)} ${intervalWords(unseen)} on ${plural(unseen.rows, "row")}.` : "Too few rows are left without them for a score of their own.";
  const alike = byChance > 0 && share <= 1.5 * byChance;
  return notice(alike ? "info" : "warn", `${about}${integer(seen)} of ${plural(rows, "row")} (${percent(share)}) ${alike ? "are like rows of" : "stood in"} the training table.`,
    alike ? `So many may be alike by chance: ${percent(byChance)} of the training rows are like another one. ${without}` : `There the score shows what the model remembers. ${without}`);
}
