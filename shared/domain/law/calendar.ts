import au from './holidays/au.json';
import br from './holidays/br.json';
import cn from './holidays/cn.json';
import eu from './holidays/eu.json';
import gbEng from './holidays/gb-eng.json';
import india from './holidays/in.json';
import jp from './holidays/jp.json';
import kr from './holidays/kr.json';
import usFederal from './holidays/us-federal.json';

/** The days on which a place does not work: dated data, so that a day that was added later changes no code. */
export interface Calendar {
  title: string;
  /** What makes the days holidays. */
  law: string;
  /** What the dates were compared with. */
  source: string;
  grade: string;
  checked: string;
  note?: string;
  /**
   * Days of every week that are no business or working days; `null`: the law does not say, or nobody has verified it.
   */
  daysOff: Readonly<Record<'business' | 'working', readonly string[] | null>>;
  /** Only a year that is complete can be counted by. */
  years: Readonly<Record<string, CalendarYear | undefined>>;
}

export interface CalendarYear {
  complete: boolean;
  days: Readonly<Record<string, string | undefined>>;
}

/** The calendars, by the name that records give them. */
export const calendars = {
  eu,
  'gb-eng': gbEng,
  'us-federal': usFederal,
  cn,
  kr,
  br,
  jp,
  in: india,
  au,
} satisfies Readonly<Record<string, Calendar>>;

export const calendarNamed = (name: string): Calendar | undefined =>
  Object.hasOwn(calendars, name) ? calendars[name as keyof typeof calendars] : undefined;
