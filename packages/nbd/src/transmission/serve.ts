// Which command is served where. Called again for the same request until it is finished.

import {
  CMD_BLOCK_STATUS,
  CMD_CACHE,
  CMD_FLAG_DF,
  CMD_FLUSH,
  CMD_READ,
  CMD_TRIM,
  CMD_WRITE,
  CMD_WRITE_ZEROES,
} from '../constants.ts';
import { serveBlockStatus } from './block-status.ts';
import type { Connection } from './connection.ts';
import { serveCache, serveFlush, serveTrim, serveWriteZeroes } from './no-payload.ts';
import { FINISHED, type Progress } from './progress.ts';
import { serveSimpleRead } from './read-simple.ts';
import { serveStructuredRead } from './read-structured.ts';
import { serveUnfragmentedRead } from './read-unfragmented.ts';
import { drainWrite, serveWrite } from './write.ts';

export function serve(connection: Connection): Progress {
  const { request } = connection;
  switch (request.type) {
    case CMD_WRITE:
      return request.error === 0 ? serveWrite(connection) : drainWrite(connection);
    case CMD_READ:
      if (!connection.agreement.isStructured) return serveSimpleRead(connection);
      return (request.flags & CMD_FLAG_DF) === 0
        ? serveStructuredRead(connection)
        : serveUnfragmentedRead(connection);
    case CMD_FLUSH:
      return serveFlush(connection);
    case CMD_TRIM:
      return serveTrim(connection);
    case CMD_CACHE:
      return serveCache(connection);
    case CMD_WRITE_ZEROES:
      return serveWriteZeroes(connection);
    case CMD_BLOCK_STATUS:
      return serveBlockStatus(connection);
    default:
      return FINISHED;
  }
}
