import { noSuchAddress } from "@/lib/http/route";

export {
  noSuchAddress as DELETE,
  noSuchAddress as GET,
  noSuchAddress as OPTIONS,
  noSuchAddress as PATCH,
  noSuchAddress as POST,
  noSuchAddress as PUT,
};
