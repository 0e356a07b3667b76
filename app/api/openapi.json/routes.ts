import * as alertChannel from "@/app/api/alerts/channels/[id]/route";
import * as alertChannelTest from "@/app/api/alerts/channels/[id]/test/route";
import * as alertChannels from "@/app/api/alerts/channels/route";
import * as alerts from "@/app/api/alerts/route";
import * as audit from "@/app/api/audit/route";
import * as events from "@/app/api/events/route";
import * as health from "@/app/api/health/route";
import * as invitation from "@/app/api/invitations/[id]/route";
import * as invitationAccept from "@/app/api/invitations/accept/route";
import * as invitationPreview from "@/app/api/invitations/preview/route";
import * as invitations from "@/app/api/invitations/route";
import * as key from "@/app/api/keys/[id]/route";
import * as keys from "@/app/api/keys/route";
import * as member from "@/app/api/members/[id]/route";
import * as members from "@/app/api/members/route";
import * as metrics from "@/app/api/metrics/route";
import * as overview from "@/app/api/overview/route";
import * as planApply from "@/app/api/plans/[id]/apply/route";
import * as plan from "@/app/api/plans/[id]/route";
import * as plans from "@/app/api/plans/route";
import * as removalsApprove from "@/app/api/removals/approve/route";
import * as removalsReject from "@/app/api/removals/reject/route";
import * as removals from "@/app/api/removals/route";
import * as secrets from "@/app/api/secrets/route";
import * as session from "@/app/api/session/route";
import * as settings from "@/app/api/settings/route";
import * as setup from "@/app/api/setup/route";
import * as signInOptions from "@/app/api/sign-in-options/route";
import * as siteColumns from "@/app/api/sites/[id]/columns/route";
import * as siteCredentials from "@/app/api/sites/[id]/credentials/route";
import * as siteMappingPreview from "@/app/api/sites/[id]/mapping/preview/route";
import * as siteMapping from "@/app/api/sites/[id]/mapping/route";
import * as site from "@/app/api/sites/[id]/route";
import * as siteScopePreview from "@/app/api/sites/[id]/scope/preview/route";
import * as siteScope from "@/app/api/sites/[id]/scope/route";
import * as siteTakeOver from "@/app/api/sites/[id]/take-over/route";
import * as siteTakeOverScan from "@/app/api/sites/[id]/take-over/scan/route";
import * as siteTest from "@/app/api/sites/[id]/test/route";
import * as siteUser from "@/app/api/sites/[id]/users/[userId]/route";
import * as verificationRepair from "@/app/api/sites/[id]/verifications/[verificationId]/repair/route";
import * as verification from "@/app/api/sites/[id]/verifications/[verificationId]/route";
import * as verifications from "@/app/api/sites/[id]/verifications/route";
import * as siteVerify from "@/app/api/sites/[id]/verify/route";
import * as siteWhy from "@/app/api/sites/[id]/why/route";
import * as sites from "@/app/api/sites/route";
import * as syncAll from "@/app/api/sync/all-users/route";
import * as syncAssert from "@/app/api/sync/assert/route";
import * as syncCauses from "@/app/api/sync/causes/route";
import * as syncDrain from "@/app/api/sync/drain/route";
import * as syncHistory from "@/app/api/sync/history/route";
import * as syncLogExport from "@/app/api/sync/log/export/route";
import * as syncLog from "@/app/api/sync/log/route";
import * as syncMatrix from "@/app/api/sync/matrix/route";
import * as syncPeople from "@/app/api/sync/people/route";
import * as syncRetry from "@/app/api/sync/retry/route";
import * as runCancel from "@/app/api/sync/runs/[id]/cancel/route";
import * as runEvents from "@/app/api/sync/runs/[id]/events/route";
import * as run from "@/app/api/sync/runs/[id]/route";
import * as runs from "@/app/api/sync/runs/route";
import * as syncStatus from "@/app/api/sync/status/route";
import * as syncSummary from "@/app/api/sync/summary/route";
import * as syncUser from "@/app/api/sync/user/route";
import * as userHistory from "@/app/api/users/[id]/history/route";
import * as reactivate from "@/app/api/users/[id]/reactivate/route";
import * as user from "@/app/api/users/[id]/route";
import * as usersBulk from "@/app/api/users/bulk/route";
import * as usersCount from "@/app/api/users/count/route";
import * as usersExport from "@/app/api/users/export/route";
import * as usersFacets from "@/app/api/users/facets/route";
import * as usersImport from "@/app/api/users/import/route";
import * as importLines from "@/app/api/users/imports/[id]/lines/route";
import * as importDiscard from "@/app/api/users/imports/[id]/route";
import * as importStart from "@/app/api/users/imports/[id]/start/route";
import * as imports from "@/app/api/users/imports/route";
import * as userJobCancel from "@/app/api/users/jobs/[id]/cancel/route";
import * as userJobRefused from "@/app/api/users/jobs/[id]/refused/route";
import * as userJob from "@/app/api/users/jobs/[id]/route";
import * as userJobs from "@/app/api/users/jobs/route";
import * as users from "@/app/api/users/route";
import * as authCallback from "@/app/auth/callback/route";
import * as authRenew from "@/app/auth/renew/route";
import * as authSignIn from "@/app/auth/sign-in/[provider]/route";
import type { RouteGroup } from "@/lib/openapi/document";
import * as openapi from "./route";

/** Every route there is, in the order of the reference; a test compares them with the files. */
export const routeGroups: readonly RouteGroup[] = [
  {
    name: "Users",
    description: "The central list.",
    routes: {
      "/api/users": users,
      "/api/users/count": usersCount,
      "/api/users/facets": usersFacets,
      "/api/users/bulk": usersBulk,
      "/api/users/jobs": userJobs,
      "/api/users/jobs/{id}": userJob,
      "/api/users/jobs/{id}/cancel": userJobCancel,
      "/api/users/jobs/{id}/refused": userJobRefused,
      "/api/users/imports": imports,
      "/api/users/imports/{id}": importDiscard,
      "/api/users/imports/{id}/lines": importLines,
      "/api/users/imports/{id}/start": importStart,
      "/api/users/import": usersImport,
      "/api/users/export": usersExport,
      "/api/users/{id}": user,
      "/api/users/{id}/reactivate": reactivate,
      "/api/users/{id}/history": userHistory,
    },
  },
  {
    name: "Sites",
    description: "The databases and endpoints that get the list.",
    routes: {
      "/api/sites": sites,
      "/api/sites/{id}": site,
      "/api/sites/{id}/credentials": siteCredentials,
      "/api/sites/{id}/test": siteTest,
      "/api/sites/{id}/users/{userId}": siteUser,
      "/api/sites/{id}/verify": siteVerify,
      "/api/sites/{id}/verifications": verifications,
      "/api/sites/{id}/verifications/{verificationId}": verification,
      "/api/sites/{id}/verifications/{verificationId}/repair": verificationRepair,
      "/api/sites/{id}/take-over": siteTakeOver,
      "/api/sites/{id}/take-over/scan": siteTakeOverScan,
      "/api/sites/{id}/columns": siteColumns,
      "/api/sites/{id}/mapping": siteMapping,
      "/api/sites/{id}/mapping/preview": siteMappingPreview,
      "/api/sites/{id}/scope": siteScope,
      "/api/sites/{id}/scope/preview": siteScopePreview,
      "/api/sites/{id}/why": siteWhy,
    },
  },
  {
    name: "Sync",
    description: "Bringing the list to the sites, and what came of it.",
    routes: {
      "/api/sync/user": syncUser,
      "/api/sync/all-users": syncAll,
      "/api/sync/runs": runs,
      "/api/sync/runs/{id}": run,
      "/api/sync/runs/{id}/cancel": runCancel,
      "/api/sync/runs/{id}/events": runEvents,
      "/api/sync/retry": syncRetry,
      "/api/sync/assert": syncAssert,
      "/api/sync/status": syncStatus,
      "/api/sync/people": syncPeople,
      "/api/sync/matrix": syncMatrix,
      "/api/sync/summary": syncSummary,
      "/api/sync/causes": syncCauses,
      "/api/sync/history": syncHistory,
      "/api/sync/log": syncLog,
      "/api/sync/log/export": syncLogExport,
      "/api/sync/drain": syncDrain,
      "/api/plans": plans,
      "/api/plans/{id}": plan,
      "/api/plans/{id}/apply": planApply,
      "/api/removals": removals,
      "/api/removals/approve": removalsApprove,
      "/api/removals/reject": removalsReject,
    },
  },
  {
    name: "Access",
    description: "Who may use this dashboard and its API.",
    routes: {
      "/api/members": members,
      "/api/members/{id}": member,
      "/api/invitations": invitations,
      "/api/invitations/{id}": invitation,
      "/api/invitations/preview": invitationPreview,
      "/api/invitations/accept": invitationAccept,
      "/api/keys": keys,
      "/api/keys/{id}": key,
      "/api/audit": audit,
    },
  },
  {
    name: "Signing in",
    description: "What the browser does; scripts send a key instead.",
    routes: {
      "/api/session": session,
      "/api/sign-in-options": signInOptions,
      "/api/setup": setup,
      "/auth/sign-in/{provider}": authSignIn,
      "/auth/callback": authCallback,
      "/auth/renew": authRenew,
    },
  },
  {
    name: "Installation",
    description: "Roster itself.",
    routes: {
      "/api/overview": overview,
      "/api/alerts": alerts,
      "/api/alerts/channels": alertChannels,
      "/api/alerts/channels/{id}": alertChannel,
      "/api/alerts/channels/{id}/test": alertChannelTest,
      "/api/metrics": metrics,
      "/api/events": events,
      "/api/settings": settings,
      "/api/secrets": secrets,
      "/api/health": health,
      "/api/openapi.json": openapi,
    },
  },
];
