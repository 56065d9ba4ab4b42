import { inMemory } from './in-memory';
import { realEngine } from './real-engine';
import { tableContract } from './table.contract';

describe('the tables in memory', () => tableContract(async () => inMemory(), 'in full'));

describe('the real engine', () => tableContract(realEngine, 'but for known differences'));
