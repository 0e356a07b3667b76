import { otherMethods, route } from "@/lib/http/route";
import { changeSettingsInput, settings } from "@/lib/settings/schema";
import { changeSettings, getSettings } from "@/lib/settings/service";

export const GET = route(
  {
    id: "getSettings",
    summary: "Tells what is set for the whole installation.",
    access: "sync:read",
    answers: { 200: settings },
  },
  getSettings,
);

export const PATCH = route(
  {
    id: "changeSettings",
    summary: "Changes what is set for the whole installation.",
    access: "access:manage",
    body: changeSettingsInput,
    example: { logDays: 180 },
    answers: { 200: settings },
  },
  changeSettings,
);

export const { POST, PUT, DELETE, OPTIONS } = otherMethods({ GET, PATCH });
