// Notices come with a library of 10 kB, which no page needs before something has happened.
const library = () => import("sonner");

const standing = new Set<string>();

/** Tells what the eye would miss, at the edge of the window, for a moment. */
export const toast = {
  success: (text: string) => void library().then((sonner) => sonner.toast.success(text)),
  info: (text: string) => void library().then((sonner) => sonner.toast.info(text)),
  /** Once, for as long as it is told anew, and not over the buttons of a panel at the side. */
  standing: (id: string, text: string) => {
    standing.add(id);
    void library().then((sonner) =>
      sonner.toast.error(text, { id, duration: 15_000, position: "top-center" }),
    );
  },
  /** What stood there is true no more. */
  over: (id: string) => {
    if (standing.delete(id)) void library().then((sonner) => sonner.toast.dismiss(id));
  },
  error: (text: string) => void library().then((sonner) => sonner.toast.error(text)),
};
