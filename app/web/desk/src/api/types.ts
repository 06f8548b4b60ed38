// The forms of the server's answers, by their short names; schema.ts is made from /api/openapi.json.
import type { components } from "./schema";

type Schemas = components["schemas"];

/** What an action wants to be told. */
export type Need = Schemas["NeedAnswer"];
export type Allowed = Schemas["AllowedAnswer"];

export type TicketLine = Schemas["TicketLine"];
export type Ticket = Schemas["TicketAnswer"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type Outcome = Schemas["OutcomeAnswer"];
export type Call = Schemas["CallAnswer"];
export type CallLine = Schemas["CallLine"];
export type CallEvent = Schemas["EventAnswer"];
export type MissedLine = Schemas["MissedLine"];
export type Attempt = Schemas["AttemptAnswer"];
export type Recording = Schemas["RecordingAnswer"];
export type Transcript = Schemas["TranscriptAnswer"];
export type Bookmark = Schemas["BookmarkAnswer"];
export type SavedView = Schemas["SavedViewAnswer"];
export type Peaks = Schemas["PeaksAnswer"];
export type Attachment = Schemas["AttachmentAnswer"];
export type UnitLine = Schemas["DirectoryLine"];
export type Account = Schemas["AccountAnswer"];
export type Token = Schemas["TokenAnswer"];
export type TokenAdded = Schemas["TokenAddedAnswer"];
export type Job = Schemas["JobAnswer"];
export type Finding = Schemas["FindingAnswer"];
export type Unit = Schemas["UnitAnswer"];
export type UnitDuty = Schemas["UnitDutyAnswer"];
export type Shift = Schemas["ShiftAnswer"];
export type Ring = Schemas["RingAnswer"];
export type CallAbout = Schemas["CallAbout"];
export type Dialler = Schemas["DiallerAnswer"];
export type NeverCalled = Schemas["NeverCalledAnswer"];
export type CalledOut = Schemas["CalledOutAnswer"];
export type UnitImport = Schemas["UnitImportAnswer"];
export type RosterImport = Schemas["RosterImportAnswer"];
export type Service = Schemas["ServiceAnswer"];
export type Queue = Schemas["QueueAnswer"];
export type QueueLine = Schemas["QueueLine"];
export type Trunk = Schemas["TrunkAnswer"];
export type OperatorAdded = Schemas["OperatorAddedAnswer"];
export type Regulation = Schemas["RegulationAnswer"];
export type AuditLine = Schemas["AuditLine"];
export type ReportLine = Schemas["ReportLine"];
export type Report = Schemas["ReportAnswer"];
export type MenuLine = Schemas["MenuLine"];
export type Menu = Schemas["MenuAnswer"];
export type MenuNode = Schemas["MenuNodeAnswer"];
export type MenuCheck = Schemas["MenuCheckAnswer"];
export type PromptLine = Schemas["PromptLine"];
export type PromptSound = Schemas["PromptSoundLine"];
export type Counting = Schemas["CountingAnswer"];
export type Proposal = Schemas["ProposalAnswer"];
export type Year = Schemas["YearAnswer"];
export type ReportMail = Schemas["ReportMailAnswer"];
export type Webhook = Schemas["WebhookLine"];
export type Deliveries = Schemas["DeliveriesAnswer"];

export interface TicketPage {
  items: TicketLine[];
  next: string | null;
}

/** What the transcript proposes for its ticket; nothing where it has none. */
export type Suggestions = Partial<Schemas["SuggestionsAnswer"]>;
