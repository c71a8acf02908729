/**
 * What a page can ask of Usher's chat, and what it hears from it. Put this file beside your sources:
 * it declares the global `usher` and the DOM events, and ships no code.
 */

/** When anything may be stored or sent: see "When it may remember" in the README. */
export type UsherConsent = 'wait' | 'essential' | 'full';

/** How a conversation appears. */
export type UsherSurface = 'corner' | 'popup';

/** Values of attributes by name: `industry`, `person.industry`, `company.size`. */
export type UsherValues = Record<string, string | number | boolean>;

/** What may look otherwise on this page. What cannot be read, or cannot be told from the background, stays out. */
export interface UsherLook {
  /** `#3451DB`: needs a contrast of 3 with the workspace's paper. */
  accent?: string;
  /** Follow the browser, or always one. */
  mode?: 'auto' | 'light' | 'dark';
  /** Distance to the page's side, in CSS pixels. */
  side?: number;
  /** Distance to the page's bottom, in CSS pixels. */
  bottom?: number;
  /** At the start of lines instead of their end. */
  at_start?: boolean;
  /** How round the panel is, 0 to 28 CSS pixels. */
  radius?: number;
  /** Less air. */
  compact?: boolean;
  /** The line in the panel's head. */
  label?: string;
  /** A CSS font family list of fonts that visitors have. */
  font?: string;
}

/** Whether something is on screen now; otherwise why not. */
export interface UsherShown {
  shown: boolean;
  /** `consent`, `event` (it waits for one), `nothing` (no dialogue fits), `hidden`, `unavailable` (no answer in 10 s). */
  why?: 'consent' | 'event' | 'nothing' | 'hidden' | 'unavailable' | 'refused' | 'removed' | 'none' | '';
}

/** Why a dialogue is not the one. */
export interface UsherLost {
  dialogue: string;
  code: string;
  because: string;
}

/** What was decided about this page, and why. */
export interface UsherWhy {
  /** The page's address. */
  page: string;
  consent: UsherConsent;
  /** The rule of the loader that this page fits; without one nothing more is loaded. */
  rule: string | null;
  /** What became of the chat's frame. */
  frame: 'none' | 'loading' | 'ready' | 'unavailable' | 'refused' | 'removed';
  /** The name of the dialogue that has won. */
  shown?: string | null;
  state?: 'nothing' | 'holds' | 'shown' | 'continues' | 'test';
  because?: string;
  strength?: 'anonymous' | 'claimed' | 'recognised' | 'verified';
  lost?: UsherLost[];
}

/** What every event about a conversation says. Never personal data. */
export interface UsherConversation {
  /** The name of the dialogue or flow. */
  name?: string;
  /** Its number in the workspace. */
  id?: number;
  /** The conversation, 32 hexadecimal digits; the API knows it by the same name. */
  conversation?: string;
  type: 'dialogue' | 'flow';
  surface: 'chatbot' | 'popup' | 'inline';
}

/** Events by name: `usher('on', name, listener)`, or `addEventListener('usher:' + name, ...)` on `window`. */
export interface UsherEvents {
  /** What this page view shows was decided. */
  decided: { shown: string | null; state: string };
  /** A conversation is on screen for the first time. */
  triggered: UsherConversation;
  /** The panel has opened. */
  open: UsherConversation;
  /** The first answer of a session. */
  engaged: UsherConversation;
  /** An answer. */
  answer: UsherConversation;
  /** An address was given; it is not told which. */
  email: UsherConversation;
  /** A phone number was given; it is not told which. */
  phone: UsherConversation;
  /** A goal was reached. */
  goal: UsherConversation & { goal: string };
  /** A document was opened. */
  document: UsherConversation & { document: string };
  /** A link was followed. */
  link: UsherConversation;
  /** A meeting was booked. */
  meeting: UsherConversation & { agent: string; start: number; minutes: number };
  /** The stream has come to its end. */
  completed: UsherConversation;
  /** The panel has closed. */
  close: UsherConversation;
  /** It has closed before the end. */
  closed: UsherConversation;
}

/** How a flow is started. */
export interface UsherStart {
  /** The card to start at: one that its author has marked as an entry. */
  card?: string;
  surface?: UsherSurface;
  /** What the page knows already: fills in blanks, and overwrites nothing. */
  values?: UsherValues;
}

export interface UsherCalls {
  open(): Promise<UsherShown>;
  close(): Promise<UsherShown>;
  toggle(): Promise<UsherShown>;
  /** Hides everything for this session; `open` and `start` bring it back. */
  hide(): Promise<UsherShown>;
  /** Starts a flow, or a live dialogue, by name. */
  start(name: string, how?: string | UsherStart): Promise<UsherShown>;
  /** Hands a form over: the first of its choices that holds starts its flow. */
  form(name: string, fields: HTMLFormElement | Record<string, string>): Promise<UsherShown>;
  /** A token that your server has signed for the visitor who is logged in. */
  identify(token: string): Promise<void>;
  /** Values that the page knows; they fill in blanks, and overwrite nothing. */
  set(values: UsherValues): Promise<void>;
  /** What should look otherwise here. */
  look(changes: UsherLook): Promise<void>;
  /** Less than before erases what this browser and the server hold of the visitor. */
  consent(mode: UsherConsent): Promise<void>;
  on<Name extends keyof UsherEvents>(name: Name, listener: (detail: UsherEvents[Name]) => void): Promise<void>;
  off<Name extends keyof UsherEvents>(name: Name, listener: (detail: UsherEvents[Name]) => void): Promise<void>;
  /** Forgets the visitor in this browser. */
  reset(): Promise<UsherShown>;
  why(): Promise<UsherWhy>;
  /** Takes everything off this page until it is loaded again. */
  destroy(): Promise<void>;
}

type UsherCall = <Name extends keyof UsherCalls>(name: Name, ...rest: Parameters<UsherCalls[Name]>) => ReturnType<UsherCalls[Name]>;

declare global {
  interface Window {
    /** `usher('open')`, or `usher.open()` once the loader is there. */
    usher: UsherCall & UsherCalls & { version: 1; q?: unknown[] };
  }
  interface WindowEventMap extends Record<`usher:${string}`, CustomEvent> {
    'usher:decided': CustomEvent<UsherEvents['decided']>;
    'usher:triggered': CustomEvent<UsherEvents['triggered']>;
    'usher:open': CustomEvent<UsherEvents['open']>;
    'usher:engaged': CustomEvent<UsherEvents['engaged']>;
    'usher:answer': CustomEvent<UsherEvents['answer']>;
    'usher:email': CustomEvent<UsherEvents['email']>;
    'usher:phone': CustomEvent<UsherEvents['phone']>;
    'usher:goal': CustomEvent<UsherEvents['goal']>;
    'usher:document': CustomEvent<UsherEvents['document']>;
    'usher:link': CustomEvent<UsherEvents['link']>;
    'usher:meeting': CustomEvent<UsherEvents['meeting']>;
    'usher:completed': CustomEvent<UsherEvents['completed']>;
    'usher:close': CustomEvent<UsherEvents['close']>;
    'usher:closed': CustomEvent<UsherEvents['closed']>;
  }
}
