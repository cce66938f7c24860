// How often something is done, as a choice that people make, and as the cron expression that says it.

export const NEVER = "";
export const CUSTOM = "cron";
export const CHOICES = [["hourly", "Every hour"], ["daily", "Every day"], ["weekly", "Every week"], ["monthly", "Every month"], [CUSTOM, "By a cron expression"]];
export const DAYS = [["MON", "Monday"], ["TUE", "Tuesday"], ["WED", "Wednesday"], ["THU", "Thursday"], ["FRI", "Friday"], ["SAT", "Saturday"], ["SUN", "Sunday"]];

const DAY_NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
const two = (value) => String(value).padStart(2, "0");

/** {often, time, day, date, cron} of an expression; what no choice says is shown as it is. */
export function choiceOf(cron) {
  const start = { often: NEVER, time: "03:00", day: "MON", date: "1", cron: cron ?? "0 3 * * MON" };
  if (!cron) return start;
  const found = /^(\d{1,2}) (\*|\d{1,2}) (\*|\d{1,2}) \* (\*|[0-7]|[A-Za-z]{3})$/.exec(cron.trim());
  if (!found) return { ...start, often: CUSTOM };
  const [, minute, hour, date, day] = found;
  if (hour === "*") return date === "*" && day === "*" && minute === "0" ? { ...start, often: "hourly" } : { ...start, often: CUSTOM };
  const at = { ...start, time: `${two(hour)}:${two(minute)}` };
  if (date === "*" && day === "*") return { ...at, often: "daily" };
  if (date === "*") {
    const name = /\d/.test(day) ? DAY_NAMES[Number(day)] : day.toUpperCase();
    return DAYS.some(([key]) => key === name) ? { ...at, often: "weekly", day: name } : { ...start, often: CUSTOM };
  }
  return day === "*" ? { ...at, often: "monthly", date } : { ...start, often: CUSTOM };
}

/** The expression of a choice; null where it is never. */
export function cronOf({ often, time, day, date, cron }) {
  const [hour, minute] = time.split(":").map(Number);
  const at = `${minute || 0} ${hour || 0}`;
  return { [NEVER]: null, hourly: "0 * * * *", daily: `${at} * * *`, weekly: `${at} * * ${day}`, monthly: `${at} ${date} * *`, [CUSTOM]: cron.trim() }[often];
}
