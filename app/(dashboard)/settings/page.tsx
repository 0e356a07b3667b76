import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { About } from "@/components/settings/about";
import { ApiUsage } from "@/components/settings/api-usage";
import { Retention } from "@/components/settings/retention";
import { ThemeChoice } from "@/components/settings/theme-choice";
import { Card } from "@/components/ui/card";
import { version } from "@/package.json";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  await requireMember("/settings");
  return (
    <div className="grid max-w-5xl gap-5">
      <Card title="Appearance">
        <div className="flex flex-wrap items-center justify-between gap-3 p-4">
          <p className="text-soft">Only for this browser.</p>
          <ThemeChoice />
        </div>
      </Card>
      <Card title="How long logs are kept">
        <Retention />
      </Card>
      <Card title="API">
        <ApiUsage />
      </Card>
      <Card title="About">
        <About version={version} />
      </Card>
    </div>
  );
}
