"use client";

import { Columns3 } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheck } from "@/components/ui/menu";
import { useColumns } from "./use-columns";
import { USER_COLUMNS } from "./user-columns";

/** Chooses the columns; where the window is too narrow for most of them, there is nothing to choose. */
export function ColumnMenu() {
  const [columns, choose] = useColumns();
  const shown = columns.map(({ id }) => id);
  const trigger = (
    <Button variant="ghost" className="hidden lg:inline-flex">
      <Columns3 aria-hidden />
      Columns
    </Button>
  );
  return (
    <Menu trigger={trigger}>
      {USER_COLUMNS.map(({ id, name }) => (
        <MenuCheck
          key={id}
          checked={shown.includes(id)}
          onChange={(on) => choose(on ? [...shown, id] : shown.filter((one) => one !== id))}
        >
          {name}
        </MenuCheck>
      ))}
    </Menu>
  );
}
