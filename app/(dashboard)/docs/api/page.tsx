import { FileJson } from "lucide-react";
import type { Metadata } from "next";
import { apiDocument } from "@/app/api/openapi.json/document";
import { requireMember } from "@/app/require-member";
import { ApiReference } from "@/components/api-docs/api-reference";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";

export const metadata: Metadata = { title: "API reference" };

export default async function ApiReferencePage() {
  await requireMember("/docs/api");
  return (
    <>
      <PageHeader
        title="API reference"
        description="Every call there is. The dashboard uses the same ones."
        actions={
          <Button asChild>
            <a href="/api/openapi.json">
              <FileJson aria-hidden />
              OpenAPI 3.1
            </a>
          </Button>
        }
      />
      <ApiReference document={apiDocument()} />
    </>
  );
}
