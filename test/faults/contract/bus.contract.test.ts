import { busContract } from './bus.contract';
import { busInMemory, busOnLaptop } from './buses';

describe('the bus in memory', () => busContract(busInMemory));

describe('the bus of the laptop host', () => busContract(busOnLaptop));
