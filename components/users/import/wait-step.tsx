import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { count, formatNumber } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";

interface WaitStepProps {
  text: string;
  done: number;
  total: number;
  /** What is counted, if that helps anybody. */
  unit?: string;
  onStop?: () => void;
}

export function WaitStep({ text, done, total, unit, onStop }: WaitStepProps) {
  return (
    <>
      <DialogBody>
        <p role="status" className="tabular-nums">
          {text}
          {unit ? `: ${formatNumber(done)} of ${count(total, unit)}.` : "."}
        </p>
        <Progress label={text} done={done} total={total} className="h-2" />
      </DialogBody>
      <DialogFooter>{onStop && <Button onClick={onStop}>Stop</Button>}</DialogFooter>
    </>
  );
}
