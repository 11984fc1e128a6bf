// What is wrong with a record that was read, in words.

import { DAMAGED, NO_RECORD, OTHER_PAGE, type RecordFault, SEALED } from '@pagelend/tier';

export const faultTexts: Readonly<Record<Exclude<RecordFault, 0>, string>> = {
  [NO_RECORD]: 'no record is there',
  [DAMAGED]: 'its checksum does not hold: torn or damaged',
  [OTHER_PAGE]: 'the record there is of another page',
  [SEALED]: 'it cannot be decrypted',
};
